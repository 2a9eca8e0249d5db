// Package events knows what happens in stores: sales, refunds, disputes, cancellations. It learns of them by Gumroad's
// webhooks where they can reach it, and otherwise by looking.
package events
