package httptracker

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/wire/bencode"
)

// ErrNotBencode is an answer that is not one bencoded dictionary: a captive portal, a login page, a cut answer.
var ErrNotBencode = errors.New("answer is not a bencoded dictionary")

// answerLimits are wider than any client's: an answer refused here is one that no client could read.
var answerLimits = bencode.Limits{Size: 1 << 20, Depth: 8, Elements: 1 << 17}

const maxInterval = 7 * 24 * time.Hour

// dictionary leaves every value as it came, so that one of a wrong type does not cost the others. (The decoder fills a
// map in half the time of a struct with a field for each key.)
type dictionary map[string]bencode.RawMessage

// ParseAnnounceResponse reads a tracker's answer to an announce (BEP 3, 7, 23), without its content coding (see
// [Inflate]). Keys of the wrong type count as missing, bytes after the dictionary are ignored, and of a repeated key
// the last counts. Intervals are clamped to 0…7 days. Sentences are valid UTF-8 of at most 500 bytes, on one line,
// without control characters and with every word that may be a passkey replaced by "…", so they may be logged. With a
// failure reason everything else is empty, except the time to retry; an empty reason becomes "no reason given". The
// error wraps [ErrNotBencode], and the response is then empty.
func ParseAnnounceResponse(body []byte) (bittorrent.AnnounceResponse, error) {
	var a dictionary
	if err := bencode.Unmarshal(body, answerLimits, &a); err != nil {
		return bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm}, notBencode(err)
	}
	if a["failure reason"] != nil {
		return bittorrent.AnnounceResponse{Swarm: bittorrent.UnknownSwarm, Failure: failure(a["failure reason"]), RetryIn: minutes(a["retry in"])}, nil
	}
	id, _ := bencode.Text(a["tracker id"])
	return bittorrent.AnnounceResponse{
		Interval:    seconds(a["interval"]),
		MinInterval: seconds(a["min interval"]),
		TrackerID:   string(id),
		Swarm:       swarm(a["complete"], a["incomplete"], a["downloaded"]),
		Peers:       peers(a["peers"], 6) + peers(a["peers6"], 18),
		Warning:     sentence(a["warning message"]),
	}, nil
}

// IsGood reports whether an answer to an announce may be shown to the client again when its tracker is silent: status
// 200, a bencoded dictionary, and no failure reason. r and err are results of [ParseAnnounceResponse].
func IsGood(status int, r bittorrent.AnnounceResponse, err error) bool {
	return status == 200 && err == nil && r.Failure == ""
}

type scrapeAnswer struct {
	Files   bencode.RawMessage `bencode:"files"`
	Flags   bencode.RawMessage `bencode:"flags"`
	Failure bencode.RawMessage `bencode:"failure reason"`
}

type scrapeFile struct {
	Complete   bencode.RawMessage `bencode:"complete"`
	Downloaded bencode.RawMessage `bencode:"downloaded"`
	Incomplete bencode.RawMessage `bencode:"incomplete"`
	Name       bencode.RawMessage `bencode:"name"`
}

// ParseScrapeResponse reads a tracker's answer to a scrape (BEP 48) by the same rules as [ParseAnnounceResponse].
// Files whose key is not an info hash of 20 bytes are left out.
func ParseScrapeResponse(body []byte) (bittorrent.ScrapeResponse, error) {
	var a scrapeAnswer
	if err := bencode.Unmarshal(body, answerLimits, &a); err != nil {
		return bittorrent.ScrapeResponse{}, notBencode(err)
	}
	if a.Failure != nil {
		return bittorrent.ScrapeResponse{Failure: failure(a.Failure)}, nil
	}
	var flags struct {
		MinRequestInterval bencode.RawMessage `bencode:"min_request_interval"`
	}
	var files map[string]bencode.RawMessage
	// Values that are missing or not dictionaries stay empty; that is not an error.
	_ = bencode.Unmarshal(a.Flags, answerLimits, &flags)
	_ = bencode.Unmarshal(a.Files, answerLimits, &files)
	r := bittorrent.ScrapeResponse{
		Files:              make(map[bittorrent.InfoHash]bittorrent.Swarm, len(files)),
		MinRequestInterval: seconds(flags.MinRequestInterval),
	}
	for key, raw := range files {
		var f scrapeFile
		if len(key) != len(bittorrent.InfoHash{}) || bencode.Unmarshal(raw, answerLimits, &f) != nil {
			continue
		}
		hash := bittorrent.InfoHash([]byte(key))
		r.Files[hash] = swarm(f.Complete, f.Incomplete, f.Downloaded)
		if name, ok := bencode.Text(f.Name); ok && len(name) > 0 {
			if r.Names == nil {
				r.Names = map[bittorrent.InfoHash]string{}
			}
			r.Names[hash] = bittorrent.Title(name)
		}
	}
	return r, nil
}

func notBencode(err error) error { return fmt.Errorf("%w: %w", ErrNotBencode, err) }

func swarm(complete, incomplete, downloaded bencode.RawMessage) bittorrent.Swarm {
	return bittorrent.Swarm{Seeders: count(complete), Leechers: count(incomplete), Downloads: count(downloaded)}
}

// count returns a number of peers or downloads; -1 if it is missing, not an integer, or negative.
func count(raw bencode.RawMessage) int64 {
	if n, ok := bencode.Int(raw); ok && n >= 0 {
		return n
	}
	return -1
}

// seconds returns an interval, up to maxInterval; 0 if it is missing, not an integer, or negative.
func seconds(raw bencode.RawMessage) time.Duration {
	n, _ := bencode.Int(raw)
	return time.Duration(min(max(n, 0), int64(maxInterval/time.Second))) * time.Second
}

// minutes is seconds for a value in minutes. It is 0, too, for BEP 31's "never".
func minutes(raw bencode.RawMessage) time.Duration {
	n, _ := bencode.Int(raw)
	return time.Duration(min(max(n, 0), int64(maxInterval/time.Minute))) * time.Minute
}

// peers returns how many peers an answer lists: in a string with size bytes for each (BEP 23, BEP 7), or in a list of
// dictionaries.
func peers(raw bencode.RawMessage, size int) int {
	if s, ok := bencode.Text(raw); ok {
		return len(s) / size
	}
	var list []bencode.RawMessage
	if bencode.Unmarshal(raw, answerLimits, &list) != nil {
		return 0
	}
	n := 0
	for _, p := range list {
		if p[0] == 'd' {
			n++
		}
	}
	return n
}

// failure never returns an empty string: a tracker that refuses without a reason has still refused.
func failure(raw bencode.RawMessage) string {
	if s := sentence(raw); s != "" {
		return s
	}
	return "no reason given"
}

func sentence(raw bencode.RawMessage) string {
	s, _ := bencode.Text(raw)
	return bittorrent.Sentence(s)
}

// HoldsDictionary reports whether the first 64 KiB of a body contain a bencoded dictionary with at least one entry:
// some trackers print warnings before it. Such an answer comes from a tracker.
func HoldsDictionary(body []byte) bool {
	body = body[:min(len(body), 64<<10)]
	for tries := 0; tries < 64; tries++ {
		i := bytes.IndexByte(body, 'd')
		if i < 0 || i+1 == len(body) {
			return false
		}
		body = body[i:]
		if body[1] >= '1' && body[1] <= '9' {
			if _, err := bencode.Check(body, answerLimits); err == nil {
				return true
			}
		}
		body = body[1:]
	}
	return false
}

// SetIntervals returns the answer to an announce with its interval and min interval replaced by after, in whole
// seconds; ok is false if it has neither.
func SetIntervals(body []byte, after time.Duration) (edited []byte, ok bool) {
	n, err := bencode.Check(body, answerLimits)
	if err != nil || len(body) == 0 || body[0] != 'd' {
		return nil, false
	}
	copied := 0
	for key, value := range bencode.Entries(body, bencode.Span{Start: 0, End: n}) {
		if k := string(key); k != "interval" && k != "min interval" || body[value.Start] != 'i' {
			continue
		}
		edited = append(edited, body[copied:value.Start]...)
		edited = fmt.Appendf(edited, "i%de", after/time.Second)
		copied, ok = value.End, true
	}
	return append(edited, body[copied:]...), ok
}
