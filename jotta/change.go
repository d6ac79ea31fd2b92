package jotta

import (
	"context"
	"errors"
)

// change is something done to the cloud by a request whose answer may get lost. What
// then became of it is read back, not assumed, before anything else is tried.
type change struct {
	do    func(context.Context) error
	done  func(context.Context) (bool, error) // reads the state back
	doubt error                               // why it is not known whether do had its effect
}

// try makes one attempt, for operation.run.
func (c *change) try(ctx context.Context) error {
	if c.doubt != nil {
		if done, err := c.settle(ctx); done || err != nil {
			return err
		}
	}
	cause := c.do(ctx)
	if !isDoubtful(cause) || ctx.Err() != nil {
		return cause
	}
	c.doubt = cause
	if done, err := c.settle(ctx); done || err != nil {
		return err // after which, if there is another attempt, doubt is left
	}
	return cause
}

func (c *change) settle(ctx context.Context) (done bool, err error) {
	done, err = c.done(ctx)
	if err == nil {
		c.doubt = nil
	}
	return done, err
}

// isDoubtful reports whether a request that ended in err may have had its effect.
func isDoubtful(err error) bool { return isTemporary(err) || errors.Is(err, ErrBadAnswer) }
