package announce_test

import (
	"bytes"
	"testing"
	"time"

	"bittoratio/engine/announce"
	"bittoratio/engine/bittorrent"
)

func TestOnlyAnIdenticalAnswerIsNotParsedAgain(t *testing.T) {
	a := newAnswers(&memory{})
	k := announce.AnswerKey{Tracker: bittorrent.TrackerID{1}}
	other := announce.AnswerKey{Tracker: bittorrent.TrackerID{2}}
	raw := []byte(answer)
	expect := func(why string, key announce.AnswerKey, raw []byte, want bool) {
		t.Helper()
		cached, r, ok := a.Again(key, raw, morning)
		if ok != want || ok && (r.Interval != time.Minute || !bytes.Equal(cached, raw)) {
			t.Errorf("%s: found %v, want %v; parsed %+v, cached %q", why, ok, want, r, cached)
		}
	}
	read := bittorrent.AnnounceResponse{Interval: time.Minute}
	expect("no answer cached", k, raw, false)
	a.Read(k, raw, read)
	expect("parsed and not cached", k, raw, false)
	a.Keep(k, raw, morning)
	expect("cached and not parsed", k, raw, false)
	a.Read(k, []byte(answer+" "), read)
	expect("another answer parsed", k, raw, false)
	a.Read(k, raw, read)
	expect("cached and parsed", k, []byte(answer), true)
	if _, _, ok := a.Again(k, raw, morning.Add(13*time.Hour)); ok {
		t.Error("an answer of thirteen hours ago is reused, though its age must be written again")
	}
	expect("an answer with one byte more", k, []byte(answer+" "), false)
	expect("another tracker's answer", other, raw, false)
	a.Keep(k, raw, morning)
	expect("cached again", k, raw, true)
	a.Keep(k, []byte(answer+" "), morning)
	expect("the answer that was replaced", k, raw, false)
	expect("the new answer, not parsed", k, []byte(answer+" "), false)
}
