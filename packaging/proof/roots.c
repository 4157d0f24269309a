/* The user's own trusted roots under Windows, for the proof under wine:
 *
 *   roots add FILE.der    puts an authority there
 *   roots count NAME      ends with how many there are whose subject has NAME in it
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
