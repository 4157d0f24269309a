/* Debian 12's wine 8.0 has no bcryptprimitives.dll, which every Go program loads from system32 since Go 1.22. This
 * stands in for it in the proof under wine, and is in no package.
 *
 *   x86_64-w64-mingw32-gcc -shared -O2 -o bcryptprimitives.dll bcryptprimitives.c -ladvapi32
 */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) {
	while (n > 0) {
		ULONG c = n > 0x10000000 ? 0x10000000 : (ULONG)n;
		if (!RtlGenRandom(p, c)) return FALSE;
		p += c;
		n -= c;
	}
	return TRUE;
}
