const { Client } = require('discord.js')

const client = new Client({ intents: [] })
client.login('RANDOM_BASE64URL_24.RANDOM_BASE64URL_6.RANDOM_BASE64URL_38')
