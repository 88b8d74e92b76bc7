// ---- typescript-express-starter
// https://github.com/ljlm0402/typescript-express-starter/issues/253 CWE-200
// The answer to a sign-up is the whole user, with the hash of the password.
// missed
// What the model makes of an object with a password is unknown, and its type, which has the field, is not read.
import { hash } from 'bcrypt'
import type { NextFunction, Request, Response } from 'express'
import { Service } from 'typedi'
import { UserModel } from './users.model.js'

interface User {
  _id?: string
  email: string
  password: string
}

@Service()
export class AuthController {
  public signUp = async (req: Request, res: Response, next: NextFunction) => {
    try {
      const userData: User = req.body
      const hashedPassword = await hash(userData.password, 10)
      const signUpUserData: User = await UserModel.create({ ...userData, password: hashedPassword })
      res.status(201).json({ data: signUpUserData, message: 'signup' })
    } catch (error) {
      next(error)
    }
  }
}

// ---- typescript-express-starter-fixed
import { hash } from 'bcrypt'
import type { NextFunction, Request, Response } from 'express'
import { Service } from 'typedi'
import { UserModel } from './users.model.js'

interface User {
  _id?: string
  email: string
  password: string
}

@Service()
export class AuthController {
  public signUp = async (req: Request, res: Response, next: NextFunction) => {
    try {
      const userData: User = req.body
      const hashedPassword = await hash(userData.password, 10)
      const { _id, email }: User = await UserModel.create({ ...userData, password: hashedPassword })
      res.status(201).json({ data: { _id, email }, message: 'signup' })
    } catch (error) {
      next(error)
    }
  }
}

// ---- ihub-apps.js
// https://github.com/intrafind/ihub-apps/issues/1733 CWE-200
// The list of users is the file of users, with the hash of each password.
// missed
// Only the content of a file has the secret; no name says so.
import { promises as fs } from 'fs'
import { join } from 'path'

export default function registerAdminAuthRoutes(app, config) {
  app.get('/api/admin/auth/users', async (req, res) => {
    try {
      const usersFilePath = join(config.dataDir, 'users.json')
      const usersData = JSON.parse(await fs.readFile(usersFilePath, 'utf8'))
      res.json(usersData)
    } catch (error) {
      res.status(500).json({ error: 'Failed to list users' })
    }
  })
}

// ---- ihub-apps-fixed.js
import { promises as fs } from 'fs'
import { join } from 'path'

export default function registerAdminAuthRoutes(app, config) {
  app.get('/api/admin/auth/users', async (req, res) => {
    try {
      const usersFilePath = join(config.dataDir, 'users.json')
      const { users } = JSON.parse(await fs.readFile(usersFilePath, 'utf8'))
      res.json({ users: users.map(({ passwordHash, ...user }) => user) })
    } catch (error) {
      res.status(500).json({ error: 'Failed to list users' })
    }
  })
}

// ---- strapi.js
// https://github.com/strapi/strapi/issues/762 CWE-200
// The answer of the API of users has all fields of a user, the hash of the password too.
const bcrypt = require('bcryptjs')

module.exports = {
  async create(ctx) {
    const { username, email, password } = ctx.request.body
    const user = { username, email, provider: 'local', password: await bcrypt.hash(password, 10) }
    await strapi.query('user', 'users-permissions').create(user)
    ctx.body = user // expect: suspiciousName
  },
}

// ---- strapi-fixed.js
const bcrypt = require('bcryptjs')

module.exports = {
  async create(ctx) {
    const { username, email, password } = ctx.request.body
    const user = { username, email, provider: 'local', password: await bcrypt.hash(password, 10) }
    await strapi.query('user', 'users-permissions').create(user)
    const { password: hidden, ...shown } = user
    ctx.body = shown
  },
}
