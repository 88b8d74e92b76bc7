import { ObjectId } from 'mongodb'

export const remove = (body: { credential: string }, remove: (credential: ObjectId) => void) => {
  const credential = new ObjectId(body.credential)
  remove(credential)
}
