package store

import (
	"bufio"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"strconv"
)

// A journal is a text file. Each line is
//
//	<CRC-32C of the payload, 8 lower-case hex digits> <space> <payload> <LF>
//
// and the payload of the first line is headerWord and the format's version. A later version must keep the form of the
// first line, so that an older program can distinguish its file from a damaged one.
const (
	headerWord = "BittOratio journal "
	version    = 1

	frameSize  = 8 + 1 + 1 // digits, space, LF
	maxLine    = 1 << 20   // bytes of a line with its LF; a longer line is damaged
	maxPayload = maxLine - frameSize
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendLine adds the line of a payload to b.
func appendLine(b, payload []byte) []byte {
	const digits = "0123456789abcdef"
	sum := crc32.Checksum(payload, castagnoli)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[sum>>shift&15])
	}
	b = append(b, ' ')
	b = append(b, payload...)
	return append(b, '\n')
}

func appendHeader(b []byte) []byte {
	return appendLine(b, strconv.AppendInt([]byte(headerWord), version, 10))
}

// payloadOf returns the payload of a line without its LF; ok is false if the line is damaged.
func payloadOf(line []byte) (payload []byte, ok bool) {
	if len(line) < frameSize-1 || len(line) > maxLine-1 || line[8] != ' ' {
		return nil, false
	}
	var sum uint32
	for _, c := range line[:8] {
		switch {
		case '0' <= c && c <= '9':
			sum = sum<<4 | uint32(c-'0')
		case 'a' <= c && c <= 'f': // capitals are damage: each record has only one form
			sum = sum<<4 | uint32(c-'a'+10)
		default:
			return nil, false
		}
	}
	payload = line[9:]
	return payload, crc32.Checksum(payload, castagnoli) == sum
}

// headerVersion reads the payload of a file's first line; ok is false if it is not a header.
func headerVersion(payload []byte) (v int, ok bool) {
	digits, ok := bytes.CutPrefix(payload, []byte(headerWord))
	if !ok {
		return 0, false
	}
	v, err := strconv.Atoi(string(digits))
	return v, err == nil && v > 0
}

// lineReader reads lines of any length with limited memory.
type lineReader struct {
	r    *bufio.Reader
	long []byte // a line longer than r's buffer
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, 128<<10)} }

// next returns a line without its LF, valid until the next call, and how many bytes of the file it took. For a line
// longer than maxLine only that number is valid. whole is false for bytes after the last LF. At the end of the file it
// returns io.EOF and no bytes.
func (l *lineReader) next() (line []byte, size int64, whole bool, err error) {
	line, err = l.r.ReadSlice('\n')
	size = int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(l.long) <= maxLine {
				l.long = append(l.long, line...)
			}
			line, err = l.r.ReadSlice('\n')
			size += int64(len(line))
		}
		if len(l.long) <= maxLine {
			l.long = append(l.long, line...)
		}
		line = l.long
	}
	switch {
	case err == nil:
		return line[:len(line)-1], size, true, nil
	case errors.Is(err, io.EOF) && size > 0:
		return line, size, false, nil
	}
	return nil, 0, false, err
}
