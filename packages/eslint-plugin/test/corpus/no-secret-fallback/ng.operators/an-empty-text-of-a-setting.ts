import config from './config.ts'

export const token = config.get('slack.token') || ''
