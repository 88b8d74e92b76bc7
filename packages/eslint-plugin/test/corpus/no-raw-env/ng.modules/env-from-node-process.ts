import { env } from 'node:process'

export const accountSid = env.TWILIO_ACCOUNT_SID
