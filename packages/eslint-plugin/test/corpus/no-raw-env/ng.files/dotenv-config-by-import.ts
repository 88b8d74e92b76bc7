import 'dotenv/config'

export const port = 3000
