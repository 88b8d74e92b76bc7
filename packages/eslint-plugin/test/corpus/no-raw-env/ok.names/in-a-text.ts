export const help = 'Set process.env.API_KEY, or put it into .env. See /proc/self/environ.'
