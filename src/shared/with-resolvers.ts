/** `Promise.withResolvers`, which Node.js 20 lacks. */
export function withResolvers<T>() {
  let settle: { resolve: (value: T) => void; reject: (reason: Error) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return {
    promise,
    resolve: (value: T) => settle?.resolve(value),
    reject: (reason: Error) => settle?.reject(reason),
  };
}
