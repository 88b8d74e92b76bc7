export const usage = 'postgres://USER:PASSWORD@HOST:5432/DATABASE'
export const example = 'https://user:pass@example.com/'
export const shape = 'redis://<user>:<password>@<host>:6379'
