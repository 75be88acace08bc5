const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether a URL points at this machine. */
export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname);
