package httptracker

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

var (
	// ErrEncoding is a content coding that this program cannot decode.
	ErrEncoding = errors.New("unknown content coding")
	// ErrTooLarge is a body that has, or inflates to, more bytes than it may.
	ErrTooLarge = errors.New("answer is too large")
)

const (
	maxRatio   = 100      // of inflated to sent bytes: lists of peers hardly compress, and bombs exceed it by far
	alwaysFine = 64 << 10 // inflated bytes that are allowed at any ratio
)

// Inflate decodes a copy of an answer (RFC 9110 §8.4.1) whose content coding is gzip, x-gzip, deflate (with and without
// the zlib wrapper, since servers send both), br or zstd; with identity or no coding it returns body itself. The result
// has at most limit bytes, and if it is larger than 64 KiB, at most a hundred times those of body. The error wraps
// [ErrEncoding] or [ErrTooLarge], or describes what is wrong with the body; a body that is cut off is an error.
func Inflate(contentEncoding string, body []byte, limit int) ([]byte, error) {
	coding := strings.ToLower(strings.TrimSpace(contentEncoding))
	if coding == "" || coding == "identity" {
		if len(body) > limit {
			return nil, ErrTooLarge
		}
		return body, nil
	}
	pool := poolFor(coding, body)
	if pool == nil {
		return nil, fmt.Errorf("%w %.20q", ErrEncoding, coding)
	}
	if len(body) == 0 { // a zstd reader would accept it as a whole body
		return nil, fmt.Errorf("inflate %s: %w", coding, io.ErrUnexpectedEOF)
	}
	out, err := inflate(pool, body, min(limit, max(maxRatio*len(body), alwaysFine)))
	if err != nil {
		return nil, fmt.Errorf("inflate %s: %w", coding, err)
	}
	return out, nil
}

// inflater has the methods that the readers of all codings share; only their constructors differ.
type inflater interface {
	io.Reader
	Reset(io.Reader) error
}

// The pools hold idle readers, which are costly to make (up to 64 KiB each) and hold nothing of an answer.
var (
	gzipReaders   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zlibReaders   = sync.Pool{New: func() any { return new(zlibReader) }}
	flateReaders  = sync.Pool{New: func() any { return flateReader{flate.NewReader(nil)} }}
	brotliReaders = sync.Pool{New: func() any { return new(brotli.Reader) }}
	zstdReaders   = sync.Pool{New: func() any { return newZstd() }}
)

func poolFor(coding string, body []byte) *sync.Pool {
	switch coding {
	case "gzip", "x-gzip":
		return &gzipReaders
	case "deflate":
		// RFC 1950 §2.2: the method is 8 and the first two bytes are a multiple of 31.
		if len(body) >= 2 && body[0]&0x0f == 8 && (int(body[0])<<8|int(body[1]))%31 == 0 {
			return &zlibReaders
		}
		return &flateReaders
	case "br":
		return &brotliReaders
	case "zstd":
		return &zstdReaders
	}
	return nil
}

func inflate(pool *sync.Pool, body []byte, limit int) ([]byte, error) {
	r := pool.Get().(inflater)
	if err := r.Reset(bytes.NewReader(body)); err != nil {
		return nil, whole(err)
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, whole(err)
	}
	if len(out) > limit {
		return nil, ErrTooLarge
	}
	// Only a reader that reached the end of its body is reused: brotli's would begin the next body with the rest of the
	// last. The empty body that Reset gets keeps this one from staying in memory; its error does not matter.
	_ = r.Reset(bytes.NewReader(nil))
	pool.Put(r)
	return out, nil
}

// whole turns the error for an empty body into that for a body that is cut off.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

type flateReader struct{ io.ReadCloser }

func (f flateReader) Reset(r io.Reader) error { return f.ReadCloser.(flate.Resetter).Reset(r, nil) }

// zlibReader makes its reader only when there is a header to read.
type zlibReader struct{ io.ReadCloser }

func (z *zlibReader) Reset(r io.Reader) (err error) {
	if z.ReadCloser == nil {
		z.ReadCloser, err = zlib.NewReader(r)
		return err
	}
	return z.ReadCloser.(zlib.Resetter).Reset(r, nil)
}

// newZstd makes a decoder that works in the caller's goroutine, so that it needs no Close, with the window that RFC
// 9659 allows servers on the web.
func newZstd() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20))
	if err != nil { // only for options out of range
		panic(err)
	}
	return d
}
