declare const config: { getApiKey(): string }
console.info('using', config.getApiKey())
