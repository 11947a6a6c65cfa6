/// What the kernel and the worker say to each other.
public enum WorkerProtocol {}
