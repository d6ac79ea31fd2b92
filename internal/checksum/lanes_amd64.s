#include "textflag.h"

// The constants of MD5: the i-th is 2**32 times the sine of i+1, without its sign.
DATA sines<>+0(SB)/8, $0xe8c7b756d76aa478
DATA sines<>+8(SB)/8, $0xc1bdceee242070db
DATA sines<>+16(SB)/8, $0x4787c62af57c0faf
DATA sines<>+24(SB)/8, $0xfd469501a8304613
DATA sines<>+32(SB)/8, $0x8b44f7af698098d8
DATA sines<>+40(SB)/8, $0x895cd7beffff5bb1
DATA sines<>+48(SB)/8, $0xfd9871936b901122
DATA sines<>+56(SB)/8, $0x49b40821a679438e
DATA sines<>+64(SB)/8, $0xc040b340f61e2562
DATA sines<>+72(SB)/8, $0xe9b6c7aa265e5a51
DATA sines<>+80(SB)/8, $0x02441453d62f105d
DATA sines<>+88(SB)/8, $0xe7d3fbc8d8a1e681
DATA sines<>+96(SB)/8, $0xc33707d621e1cde6
DATA sines<>+104(SB)/8, $0x455a14edf4d50d87
DATA sines<>+112(SB)/8, $0xfcefa3f8a9e3e905
DATA sines<>+120(SB)/8, $0x8d2a4c8a676f02d9
DATA sines<>+128(SB)/8, $0x8771f681fffa3942
DATA sines<>+136(SB)/8, $0xfde5380c6d9d6122
DATA sines<>+144(SB)/8, $0x4bdecfa9a4beea44
DATA sines<>+152(SB)/8, $0xbebfbc70f6bb4b60
DATA sines<>+160(SB)/8, $0xeaa127fa289b7ec6
DATA sines<>+168(SB)/8, $0x04881d05d4ef3085
DATA sines<>+176(SB)/8, $0xe6db99e5d9d4d039
DATA sines<>+184(SB)/8, $0xc4ac56651fa27cf8
DATA sines<>+192(SB)/8, $0x432aff97f4292244
DATA sines<>+200(SB)/8, $0xfc93a039ab9423a7
DATA sines<>+208(SB)/8, $0x8f0ccc92655b59c3
DATA sines<>+216(SB)/8, $0x85845dd1ffeff47d
DATA sines<>+224(SB)/8, $0xfe2ce6e06fa87e4f
DATA sines<>+232(SB)/8, $0x4e0811a1a3014314
DATA sines<>+240(SB)/8, $0xbd3af235f7537e82
DATA sines<>+248(SB)/8, $0xeb86d3912ad7d2bb
GLOBL sines<>(SB), RODATA|NOPTR, $256

// The four functions of MD5, of registers of eight lanes. Each is a form with no more
// than three instructions of the one in RFC 1321.
#define F(b, c, d, t) \
	VPXOR c, d, t \
	VPAND b, t, t \
	VPXOR d, t, t

#define G(b, c, d, t) \
	VPXOR b, c, t \
	VPAND d, t, t \
	VPXOR c, t, t

#define H(b, c, d, t) \
	VPXOR c, d, t \
	VPXOR b, t, t

#define I(b, c, d, t) \
	VPXOR Y15, d, t \
	VPOR  b, t, t   \
	VPXOR c, t, t

// HALF is one step in eight lanes: a = b + rotate(a + f(b, c, d) + word + sine, s).
#define HALF(f, a, b, c, d, t, word, s) \
	VPADDD Y14, a, a        \
	VPADDD (word)(SI), a, a \
	f(b, c, d, t)           \
	VPADDD t, a, a          \
	VPSLLD $s, a, t         \
	VPSRLD $(32-s), a, a    \
	VPOR   t, a, a          \
	VPADDD b, a, a

// STEP is one step in all lanes. The halves do not depend on each other, so that the
// processor works on one while the other waits.
#define STEP(f, a, b, c, d, a2, b2, c2, d2, k, w, s) \
	VPBROADCASTD (4*k)(DI), Y14                  \
	HALF(f, a, b, c, d, Y8, 64*w, s)             \
	HALF(f, a2, b2, c2, d2, Y9, 64*w+32, s)

// STEPS are four steps, from the k-th on, with the words and shifts they use.
#define STEPS(f, k, w0, w1, w2, w3, s0, s1, s2, s3)             \
	STEP(f, Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, (k+0), w0, s0)  \
	STEP(f, Y3, Y0, Y1, Y2, Y7, Y4, Y5, Y6, (k+1), w1, s1)  \
	STEP(f, Y2, Y3, Y0, Y1, Y6, Y7, Y4, Y5, (k+2), w2, s2)  \
	STEP(f, Y1, Y2, Y3, Y0, Y5, Y6, Y7, Y4, (k+3), w3, s3)

// TURN reads 16 bytes, from the given one on, of the blocks of eight lanes at R8 to
// R15, and stores them word by word, each word's lanes side by side.
#define TURN(from, to)                              \
	VMOVDQU     from(R8)(CX*1), X8              \
	VINSERTI128 $1, from(R12)(CX*1), Y8, Y8     \
	VMOVDQU     from(R9)(CX*1), X9              \
	VINSERTI128 $1, from(R13)(CX*1), Y9, Y9     \
	VMOVDQU     from(R10)(CX*1), X10            \
	VINSERTI128 $1, from(R14)(CX*1), Y10, Y10   \
	VMOVDQU     from(R11)(CX*1), X11            \
	VINSERTI128 $1, from(R15)(CX*1), Y11, Y11   \
	VPUNPCKLDQ  Y9, Y8, Y12                     \
	VPUNPCKHDQ  Y9, Y8, Y13                     \
	VPUNPCKLDQ  Y11, Y10, Y8                    \
	VPUNPCKHDQ  Y11, Y10, Y9                    \
	VPUNPCKLQDQ Y8, Y12, Y10                    \
	VPUNPCKHQDQ Y8, Y12, Y11                    \
	VPUNPCKLQDQ Y9, Y13, Y12                    \
	VPUNPCKHQDQ Y9, Y13, Y14                    \
	VMOVDQA     Y10, (to+0)(SI)                 \
	VMOVDQA     Y11, (to+64)(SI)                \
	VMOVDQA     Y12, (to+128)(SI)               \
	VMOVDQA     Y14, (to+192)(SI)

// LANES points R8 to R15 at the content of eight lanes.
#define LANES(from)           \
	MOVQ (from+0)(AX), R8   \
	MOVQ (from+8)(AX), R9   \
	MOVQ (from+16)(AX), R10 \
	MOVQ (from+24)(AX), R11 \
	MOVQ (from+32)(AX), R12 \
	MOVQ (from+40)(AX), R13 \
	MOVQ (from+48)(AX), R14 \
	MOVQ (from+56)(AX), R15

#define ADD(at, y)            \
	VPADDD  at(BX), y, y  \
	VMOVDQU y, at(BX)

// func hashBlocks(states *states, contents *[lanes]*byte, blocks int)
TEXT ·hashBlocks(SB), 0, $1056-24
	MOVQ     states+0(FP), BX
	MOVQ     contents+8(FP), AX
	MOVQ     blocks+16(FP), DX
	SHLQ     $6, DX
	JZ       done
	XORQ     CX, CX
	LEAQ     sines<>(SB), DI
	LEAQ     31(SP), SI               // 1 KiB of words, aligned
	ANDQ     $~31, SI
	VPCMPEQD Y15, Y15, Y15            // all ones
	VMOVDQU  0(BX), Y0
	VMOVDQU  32(BX), Y4
	VMOVDQU  64(BX), Y1
	VMOVDQU  96(BX), Y5
	VMOVDQU  128(BX), Y2
	VMOVDQU  160(BX), Y6
	VMOVDQU  192(BX), Y3
	VMOVDQU  224(BX), Y7

block:
	LANES(0)
	TURN(0, 0)
	TURN(16, 256)
	TURN(32, 512)
	TURN(48, 768)
	LANES(64)
	TURN(0, 32)
	TURN(16, 288)
	TURN(32, 544)
	TURN(48, 800)

	STEPS(F,  0,  0,  1,  2,  3,  7, 12, 17, 22)
	STEPS(F,  4,  4,  5,  6,  7,  7, 12, 17, 22)
	STEPS(F,  8,  8,  9, 10, 11,  7, 12, 17, 22)
	STEPS(F, 12, 12, 13, 14, 15,  7, 12, 17, 22)
	STEPS(G, 16,  1,  6, 11,  0,  5,  9, 14, 20)
	STEPS(G, 20,  5, 10, 15,  4,  5,  9, 14, 20)
	STEPS(G, 24,  9, 14,  3,  8,  5,  9, 14, 20)
	STEPS(G, 28, 13,  2,  7, 12,  5,  9, 14, 20)
	STEPS(H, 32,  5,  8, 11, 14,  4, 11, 16, 23)
	STEPS(H, 36,  1,  4,  7, 10,  4, 11, 16, 23)
	STEPS(H, 40, 13,  0,  3,  6,  4, 11, 16, 23)
	STEPS(H, 44,  9, 12, 15,  2,  4, 11, 16, 23)
	STEPS(I, 48,  0,  7, 14,  5,  6, 10, 15, 21)
	STEPS(I, 52, 12,  3, 10,  1,  6, 10, 15, 21)
	STEPS(I, 56,  8, 15,  6, 13,  6, 10, 15, 21)
	STEPS(I, 60,  4, 11,  2,  9,  6, 10, 15, 21)

	ADD(0, Y0)
	ADD(32, Y4)
	ADD(64, Y1)
	ADD(96, Y5)
	ADD(128, Y2)
	ADD(160, Y6)
	ADD(192, Y3)
	ADD(224, Y7)
	ADDQ $64, CX
	CMPQ CX, DX
	JB   block
	VZEROUPPER

done:
	RET
