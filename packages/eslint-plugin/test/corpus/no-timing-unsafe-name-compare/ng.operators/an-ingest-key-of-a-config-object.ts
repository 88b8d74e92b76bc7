import { config } from './config.ts'

export function onMessage(message: { apiKey: string; body: string }) {
  if (message.apiKey !== config.ingest.apiKey) return
  store(message.body)
}
declare function store(body: string): void
