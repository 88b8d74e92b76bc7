// ---- a-client-with-options-elsewhere
import { Client } from 'pg'

const options = { host: 'localhost', user: 'postgres', password: 'postgres' } // expect: givenSecret

export const client = new Client(options)

// ---- a-mongo-cluster.js
const mongoose = require('mongoose')

const connect = async () => {
  await mongoose.connect(
    'mongodb+srv://shop_db_user:shopdb123@cluster0.example.net/catalog?appName=a', // expect: passwordInUrl
  )
}
module.exports = connect

// ---- a-pool-by-url
import pg from 'pg'

export const pool = new pg.Pool({ connectionString: 'postgres://app:secret@db:5432/app' }) // expect: givenSecret

// ---- a-pool-with-a-function
import { Pool } from 'pg'

declare const login: { current(): Promise<string> }

export const pool = new Pool({ host: 'db', user: 'app', password: () => login.current() })

// ---- a-pool
import { Pool } from 'pg'

export const pool = new Pool({ host: 'db', user: 'app', password: 'admin', database: 'app' }) // expect: givenSecret

// ---- ioredis
import Redis from 'ioredis'

export const redis = new Redis({ host: 'cache', password: 'redis' }) // expect: givenSecret

// ---- no-password
import Redis from 'ioredis'
import mysql from 'mysql2'

export const redis = new Redis({ host: 'localhost', password: '' })
export const db = mysql.createPool({ host: 'localhost', user: 'root', password: undefined })

// ---- knex
import knex from 'knex'

export const db = knex({
  client: 'pg',
  connection: { host: 'db', user: 'app', password: 'letmein' }, // expect: givenSecret
})

// ---- ldap
import ldap from 'ldapjs'

const client = ldap.createClient({ url: 'ldap://directory' })
client.bind('cn=admin,dc=example,dc=com', 'adminpw', () => undefined) // expect: givenSecret

// ---- mongoose.js
const mongoose = require('mongoose')

mongoose.connect('mongodb+srv://admin:qwerty@cluster0.example.net/shop') // expect: passwordInUrl

// ---- mysql.js
const mysql = require('mysql2/promise')

module.exports = () => mysql.createPool({ host: 'db', user: 'root', password: 'root' }) // expect: givenSecret

// ---- redis
import { createClient } from 'redis'

export const redis = createClient({ url: 'redis://:hunter2@cache:6379' }) // expect: passwordInUrl

// ---- sequelize.js
const { Sequelize } = require('sequelize')

module.exports = new Sequelize('shop', 'shop', 'shop123', { dialect: 'mysql' }) // expect: givenSecret

// ---- ssh.js
const { Client } = require('ssh2')

new Client().connect({ host: 'build', username: 'ci', password: 'ci' }) // expect: givenSecret

// ---- typeorm
import { DataSource } from 'typeorm'

export const source = new DataSource({
  type: 'postgres',
  username: 'postgres',
  password: 'password', // expect: givenSecret
})

// ---- a-pool-from-the-environment.js
const { Pool } = require('pg')

module.exports = new Pool({
  connectionString: process.env.DATABASE_URL,
  password: process.env.PGPASSWORD,
})

// ---- a-pool-of-mariadb-with-a-default
import * as mariadb from 'mariadb'
export function open(host: string, password = 'maria') { // expect: givenSecret
  return mariadb.createPool({ host, user: 'root', password })
}

// ---- a-pool-of-mysql2-in-a-class
import mysql from 'mysql2/promise'
export class Store {
  private readonly password = 'hunter' // expect: givenSecret
  pool = mysql.createPool({ host: 'db', user: 'app', password: this.password })
}

// ---- a-url-with-a-password
export const get = () => fetch('https://me:hidden@api.shop.org/data') // expect: givenSecret

// ---- amqp-of-a-url.js
const amqp = require('amqplib')
module.exports = () => amqp.connect('amqp://guest:guest@queue') // expect: passwordInUrl

// ---- cassandra
import cassandra from 'cassandra-driver'
export const auth = new cassandra.auth.PlainTextAuthProvider('cassandra', 'cassandra') // expect: givenSecret

// ---- ftp
import { Client } from 'basic-ftp'
export async function upload() {
  const client = new Client()
  await client.access({ host: 'ftp', user: 'deploy', password: 'deploy' }) // expect: givenSecret
  await client.login('deploy', 'again') // expect: givenSecret
}

// ---- ioredis-with-a-sentinel
import Redis from 'ioredis'
export const redis = new Redis({
  name: 'main',
  sentinels: [],
  sentinelPassword: 'guard', // expect: givenSecret
  password: 'redis', // expect: givenSecret
})

// ---- kafka-sasl
import { Kafka } from 'kafkajs'
export const kafka = new Kafka({
  brokers: ['kafka:9092'],
  sasl: { mechanism: 'plain', username: 'app', password: 'app' }, // expect: givenSecret
})

// ---- ldapjs-bind
import ldap from 'ldapjs'
const client = ldap.createClient({ url: 'ldap://directory' })
client.bind('cn=root', 'secret', () => {}) // expect: givenSecret

// ---- mongodb-auth
import { MongoClient } from 'mongodb'
export const client = new MongoClient('mongodb://db:27017', {
  auth: { username: 'root', password: 'toor' }, // expect: givenSecret
})

// ---- mongodb-with-an-url
import { MongoClient } from 'mongodb'
export const client = new MongoClient('mongodb://root:root@db:27017/shop') // expect: passwordInUrl

// ---- mqtt
import mqtt from 'mqtt'
export const client = mqtt.connect('mqtt://broker', { username: 'sensor', password: 'sensor' }) // expect: givenSecret

// ---- mssql-of-a-configuration-that-grows.js
const sql = require('mssql')
const config = { server: 'db', user: 'sa' }
config.password = 'sa-pass' // expect: givenSecret
module.exports = () => sql.connect(config)

// ---- neo4j
import neo4j from 'neo4j-driver'
export const driver = neo4j.driver('bolt://db', neo4j.auth.basic('neo4j', 'abc')) // expect: givenSecret

// ---- ssh2-connect
import { Client } from 'ssh2'
const connection = new Client()
connection.connect({ host: 'build', username: 'ci', password: 'ci' }) // expect: givenSecret
connection.connect({ host: 'build', username: 'ci', privateKey: readKey(), passphrase: 'abc' }) // expect: givenSecret

// ---- tedious-nested
import { Connection } from 'tedious'
export const connection = new Connection({
  server: 'db',
  authentication: { type: 'default', options: { userName: 'sa', password: 'letmein' } }, // expect: givenSecret
})

// ---- the-old-ftp.js
const Ftp = require('ftp')
const client = new Ftp()
client.connect({ host: 'ftp', user: 'web', password: 'web' }) // expect: givenSecret

// ---- typeorm-of-a-configuration
import { DataSource, type DataSourceOptions } from 'typeorm'
const options: DataSourceOptions = {
  type: 'postgres',
  host: 'db',
  username: 'app',
  password: 'abc', // expect: givenSecret
}
export default new DataSource(options)

// ---- a-model-with-a-password.js
const mongoose = require('mongoose')
module.exports = mongoose.model(
  'User',
  new mongoose.Schema({ email: String, password: { type: String, required: true } }),
)
