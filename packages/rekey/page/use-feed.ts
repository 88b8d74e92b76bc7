import { useEffect, useState } from 'preact/hooks'
import type { FamilyView } from '../src/console/family-view.ts'
import { ask } from './origin-key.ts'

/** The newest view, and whether the connection to the console stands. */
export interface Feed {
  readonly view: FamilyView | undefined
  readonly isConnected: boolean
}

/** The pause before the page connects again. */
const PAUSE_MS = 2_000

/**
 * Follows the console by a stream of server-sent events, which is read here since an `EventSource` sends no proof of a session. Each view is whole, so nothing
 * is missed between two connections.
 *
 * @param onRefused called where something else than a stream is answered: by the console if the session has ended, or by a proxy before it
 */
export function useFeed(onRefused: () => void): Feed {
  const [feed, setFeed] = useState<Feed>({ view: undefined, isConnected: true })
  useEffect(() => {
    const { signal, end } = ending()
    const follow = async () => {
      const response = await ask('GET', '/events', { signal })
      if (response?.ok === true && response.body !== null) {
        await readViews(response.body, (view) => {
          setFeed({ view, isConnected: true })
        })
      } else if (response !== undefined) onRefused()
    }
    const loop = async () => {
      while (!signal.aborted) {
        await follow().catch(() => undefined)
        setFeed(({ view }) => ({ view, isConnected: false }))
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
    void loop()
    return end
  }, [])
  return feed
}

function ending() {
  const controller = new AbortController()
  const end = () => {
    controller.abort()
  }
  return { signal: controller.signal, end }
}

/** Reads events (HTML Standard §9.2.6) of one line of data each, until the stream ends. */
async function readViews(
  body: ReadableStream<Uint8Array>,
  onView: (view: FamilyView) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parts: string[] = []
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const [first = '', ...others] = decoder.decode(value, { stream: true }).split('\n\n')
    parts.push(first)
    for (const next of others) {
      const event = parts.splice(0).join('')
      if (event.startsWith('data: ')) onView(JSON.parse(event.slice(6)) as FamilyView)
      parts.push(next)
    }
  }
}

/** The time, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now())
    }, 1_000)
    return () => {
      clearInterval(timer)
    }
  }, [])
  return now
}

const NARROW = matchMedia('(max-width: 560px)')

/** Whether the page is as narrow as a telephone. */
export function useIsNarrow(): boolean {
  const [isNarrow, setIsNarrow] = useState(NARROW.matches)
  useEffect(() => {
    const change = () => {
      setIsNarrow(NARROW.matches)
    }
    NARROW.addEventListener('change', change)
    return () => {
      NARROW.removeEventListener('change', change)
    }
  }, [])
  return isNarrow
}
