export const key = (config: { liveKey: string; apiKey: string }, live: boolean) =>
  live ? config.liveKey : config.apiKey
