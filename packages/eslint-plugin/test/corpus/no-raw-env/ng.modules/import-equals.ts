import nodeProcess = require('node:process')

export const token = nodeProcess.env.SLACK_TOKEN
