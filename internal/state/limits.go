package state

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// How long things are kept. An attacker alone comes near the limits of their number and size.
const (
	queueAge   = 72 * time.Hour
	journalAge = 90 * 24 * time.Hour
	filesAge   = 24 * time.Hour

	maxClaims  = 100_000
	sweepEvery = time.Minute // of claims that have expired

	maxMessagesInMemory = 10_000
	maxEntriesInMemory  = 1_000

	maxMessagesInFile = 100_000
	maxEntriesInFile  = 100_000

	// tenantShare is the part of a queue that one tenant can fill at most: the others' messages still fit.
	tenantShare = 4

	maxQueueBytes   = 256 << 20
	maxJournalBytes = 1 << 30
	maxFilesBytes   = 2 << 30
)

var (
	errClosed = errors.New("the state was closed")
	// What cannot be remembered must not be acted on.
	errManyClaims = errors.New("so many claims are remembered that no more fit until some expire")
	errPast       = errors.New("the time until which the claim has to be remembered is past")
	errManyWait   = errors.New("so many messages wait that no more fit until some are done")
	errFilesFull  = errors.New("the shared files leave no room for another until some expire")
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9]{1,128}$`)

// checkNames refuses what cannot be part of a file's name, or of a subject. Callers make ids up.
func checkNames(names ...string) error {
	for _, name := range names {
		if !namePattern.MatchString(name) {
			return fmt.Errorf("%q does not consist of 1 to 128 letters and digits", name)
		}
	}
	return nil
}
