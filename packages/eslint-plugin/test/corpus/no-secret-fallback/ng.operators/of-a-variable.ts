export const apiKey = process.env.API_KEY ?? 'changeme'
