package commandline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"bittoratio/engine/network/dht"
	"bittoratio/engine/network/swarm"
)

const (
	sizeLookups = 16              // the estimate's interval is then about ±17 %
	sizeTime    = 3 * time.Minute // at most; it takes about 50 s at the pace of datagrams
)

// size is the output of -dht-size.
type size struct {
	Nodes     int     `json:"nodes"`
	Low       int     `json:"low"` // the 95 % interval
	High      int     `json:"high"`
	Lookups   int     `json:"lookups"`
	SeenAgain float64 `json:"seen_again"` // the share of nodes that a second lookup found too; 0 if there was none
}

// RunDHTSize runs -dht-size, and writes its progress to progress. Like -magnet, it can run while the program runs. The
// error is why there is no estimate.
func (c *Args) RunDHTSize(ctx context.Context, out, progress io.Writer) error {
	var m *dht.Measured
	err := c.join(ctx, sizeTime, func(ctx context.Context, access *swarm.Access) (err error) {
		m, err = access.Node.Measure(ctx, dht.Measured{}, sizeLookups, func(m *dht.Measured) bool {
			fmt.Fprintf(progress, "lookup %d of %d: about %.0f nodes\n", m.Lookups, sizeLookups, m.Nodes)
			return true
		})
		return err
	})
	switch {
	case m != nil && m.Lookups > 0: // fewer lookups also give an estimate, with a wider interval
	case err != nil:
		return fmt.Errorf("measure the DHT: %w", err)
	default:
		return errors.New("measure the DHT: no node of it answered, or there are fewer than eight")
	}
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	m = m.Corrected()
	return e.Encode(size{
		Nodes: int(math.Round(m.Nodes)), Low: int(math.Round(m.Low)), High: int(math.Round(m.High)), Lookups: m.Lookups, SeenAgain: m.SeenAgain,
	})
}
