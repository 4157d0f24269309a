/* A replacement for bcryptprimitives.dll, which Go programs load from system32 since Go 1.22, and which wine 8.0 of
 * Debian 12 lacks. It is used by the proof under wine only, and is in no package.
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
