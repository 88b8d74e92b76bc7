export const token = process.env.GITHUB_TOKEN ?? process.env.GH_TOKEN
