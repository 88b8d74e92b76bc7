const PREFIX = 'ghp_'

export const isGitHubToken = (text: string) => text.startsWith(PREFIX) && text.length === 40
