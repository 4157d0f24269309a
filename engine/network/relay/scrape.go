package relay

import (
	"context"
	"time"

	"bittoratio/engine/bittorrent"
	"bittoratio/engine/exchange"
	"bittoratio/engine/wire/udptracker"
)

// scrape asks a tracker about torrents, and shows what it says. A client whose tracker is silent need not wait for it.
func (a *association) scrape(x *inquiry) {
	if !x.begin(exchange.KindScrape, "") {
		return
	}
	if hashes := x.request.Hashes; len(hashes) == 1 {
		x.entry.InfoHash = hashes[0]
	}
	if x.standIn != nil {
		x.entry.Problem, x.entry.Outcome, x.entry.Detail = x.standIn.problem.Problem, exchange.OutcomeFailed, x.standIn.problem.Error()
		a.replyFor(x, refusal(x, x.entry.Problem))
		a.finish(x)
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, answerTime)
	defer cancel()
	a.send(x)
	b, err := a.await(ctx, x)
	x.entry.Took = time.Since(x.entry.At)
	if err != nil {
		x.entry.Problem, x.entry.Outcome, x.entry.Detail = exchange.ProblemTimeout, exchange.OutcomeFailed, err.Error()
		a.finish(x)
		return
	}
	a.answered(x)
	answer, _ := udptracker.ParseAnswer(b)
	x.entry.Failure = answer.Reason
	files := map[bittorrent.InfoHash]bittorrent.Swarm{}
	for i, h := range x.request.Hashes[:min(len(x.request.Hashes), len(answer.Swarms))] {
		files[h] = answer.Swarms[i]
	}
	a.r.Accountant.Scraped(x.entry.Tracker, files)
	if swarm, ok := files[x.entry.InfoHash]; ok {
		x.entry.Swarm = swarm
	}
	a.finish(x)
}
