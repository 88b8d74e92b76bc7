import { afterEach, beforeEach, vi } from 'vitest'

/**
 * For a test file: the code's own timers stand still, for they guard against an event loop that is stuck, and a run must not
 * depend on how fast the machine is. Virtual time moves by turns of the event loop alone.
 */
export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    // The jitter of a pause, too, is the same each time.
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
}
