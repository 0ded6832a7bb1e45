// @ts-check
/** Takes the disk away before the engine looks for it; the error is the one that browsers throw. */
StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("Storage directory access is denied.", "SecurityError"));
