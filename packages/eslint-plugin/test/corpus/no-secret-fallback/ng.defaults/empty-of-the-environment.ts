const { GITHUB_TOKEN = '' } = process.env

export const headers = { authorization: `token ${GITHUB_TOKEN}` }
