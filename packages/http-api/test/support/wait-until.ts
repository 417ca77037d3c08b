/** Waits for a condition that real input and output bring about; fails after `deadlineMs`. */
export async function waitUntil(holds: () => boolean, deadlineMs = 5_000): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('the condition did not come true in time')
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
