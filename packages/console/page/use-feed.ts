import { useEffect, useState } from 'preact/hooks'
import type { FamilyView } from '../src/family-view.ts'
import { leaveIfEnded } from './session.tsx'

/** The newest view, and whether the connection to the console stands. */
export interface Feed {
  readonly view: FamilyView | undefined
  readonly isConnected: boolean
}

/** Follows the console. The browser connects again by itself, and each view is whole, so nothing is missed. */
export function useFeed(): Feed {
  const [feed, setFeed] = useState<Feed>({ view: undefined, isConnected: true })
  useEffect(() => {
    let events: EventSource | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    const connect = () => {
      const opened = new EventSource('/events')
      events = opened
      opened.onmessage = ({ data }: MessageEvent<string>) => {
        setFeed({ view: JSON.parse(data) as FamilyView, isConnected: true })
      }
      opened.onerror = () => {
        setFeed(({ view }) => ({ view, isConnected: false }))
        if (opened.readyState !== EventSource.CLOSED) return
        // An answer other than a stream: of the console itself if the session has ended, or of a proxy before it.
        void leaveIfEnded()
        again = setTimeout(connect, 2_000)
      }
    }
    connect()
    return () => {
      clearTimeout(again)
      events?.close()
    }
  }, [])
  return feed
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
