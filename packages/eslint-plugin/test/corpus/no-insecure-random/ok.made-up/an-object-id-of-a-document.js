import { ObjectId } from 'mongodb'

export const newDocument = (title) => ({ _id: new ObjectId(), title, createdAt: new Date() })
