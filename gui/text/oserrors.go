package text

// The usual errors of operating systems, as Go words them.
const (
	noSpace           = "no space left on device"
	quotaExceeded     = "disk quota exceeded"
	readOnly          = "read-only file system"
	permissionDenied  = "permission denied"
	notPermitted      = "operation not permitted"
	noSuchFile        = "no such file or directory"
	isAFolder         = "is a directory"
	notAFolder        = "not a directory"
	inputOutputError  = "input/output error"
	tooManyFiles      = "too many open files"
	connectionRefused = "connection refused"
	ioTimeout         = "i/o timeout"
	deadlineExceeded  = "context deadline exceeded"
)
