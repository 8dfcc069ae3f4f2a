/** Closes one part of what was opened. */
export type Close = () => unknown

/**
 * Opens several parts. If that fails, those that are open are closed, and the first error says what is wrong.
 * @param open Adds what closes a part to the list as soon as the part is open.
 */
export async function openAll<Result>(open: (opened: Close[]) => Promise<Result>): Promise<Result> {
  const opened: Close[] = []
  try {
    return await open(opened)
  } catch (error) {
    await closeAll(opened).catch(() => {})
    throw error
  }
}

/** Closes the last part first, and all of them even if one fails. @throws The first failure. */
export async function closeAll(opened: Close[]): Promise<void> {
  const faults: unknown[] = []
  for (const close of opened.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      faults.push(error)
    }
  }
  if (faults.length > 0) throw faults[0]
}
