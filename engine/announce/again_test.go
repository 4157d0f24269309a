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
		kept, r, ok := a.Again(key, raw, morning)
		if ok != want || ok && (r.Interval != time.Minute || !bytes.Equal(kept, raw)) {
			t.Errorf("%s: %v, %+v, %q", why, ok, r, kept)
		}
	}
	read := bittorrent.AnnounceResponse{Interval: time.Minute}
	expect("nothing kept", k, raw, false)
	a.Read(k, raw, read)
	expect("read and not kept", k, raw, false)
	a.Keep(k, raw, morning)
	expect("kept and not read", k, raw, false)
	a.Read(k, []byte(answer+" "), read)
	expect("another one read", k, raw, false)
	a.Read(k, raw, read)
	expect("kept and read", k, []byte(answer), true)
	if _, _, ok := a.Again(k, raw, morning.Add(13*time.Hour)); ok {
		t.Error("an answer of yesterday evening was not to be written down anew")
	}
	expect("one byte more", k, []byte(answer+" "), false)
	expect("another tracker's", other, raw, false)
	a.Keep(k, raw, morning)
	expect("kept again", k, raw, true)
	a.Keep(k, []byte(answer+" "), morning)
	expect("replaced", k, raw, false)
	expect("the new one, not read", k, []byte(answer+" "), false)
}
