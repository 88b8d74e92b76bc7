import * as p from 'node:process'

export const token = p.env.SLACK_TOKEN
