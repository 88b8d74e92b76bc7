import * as p from 'node:process'

export const token = p.default.env.SLACK_TOKEN
