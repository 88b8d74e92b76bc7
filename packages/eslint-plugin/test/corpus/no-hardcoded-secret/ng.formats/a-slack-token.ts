import { WebClient } from '@slack/web-api'

export const slack = new WebClient('xoxb-RANDOM_DIGITS_12-RANDOM_DIGITS_12-RANDOM_ALNUM_24')
