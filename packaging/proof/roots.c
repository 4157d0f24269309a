/* Adds to and counts the user's trusted root certificates on Windows, for the proof under wine:
 *
 *   roots add FILE.der    adds a certificate authority
 *   roots count NAME      exits with the number of authorities whose subject contains NAME
 */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>
#include <wincrypt.h>

int wmain(int argc, wchar_t **argv) {
	if (argc != 3) return 100;
	HCERTSTORE store = CertOpenSystemStoreW(0, L"Root");
	if (!store) return 101;
	int status = 0;
	if (!wcscmp(argv[1], L"add")) {
		BYTE der[8192];
		FILE *f = _wfopen(argv[2], L"rb");
		if (!f) return 102;
		DWORD n = fread(der, 1, sizeof der, f);
		fclose(f);
		if (!CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, n, CERT_STORE_ADD_REPLACE_EXISTING, NULL)) status = 103;
	} else {
		PCCERT_CONTEXT c = NULL;
		while ((c = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, argv[2], c))) status++;
	}
	CertCloseStore(store, 0);
	return status;
}
