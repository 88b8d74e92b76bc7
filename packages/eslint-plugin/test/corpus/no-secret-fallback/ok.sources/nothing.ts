export const apiKey = process.env.API_KEY ?? undefined
export const token = process.env.GITHUB_TOKEN || null
