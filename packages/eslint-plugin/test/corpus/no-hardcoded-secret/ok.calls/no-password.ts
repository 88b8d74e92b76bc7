import Redis from 'ioredis'
import mysql from 'mysql2'

export const redis = new Redis({ host: 'localhost', password: '' })
export const db = mysql.createPool({ host: 'localhost', user: 'root', password: undefined })
