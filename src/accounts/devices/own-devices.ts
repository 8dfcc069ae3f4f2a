import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { deleteDevice, deleteDevicesOf, listDevices, type TrustedDevice } from '../../store/devices.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'

/** The devices on which a user is not asked for the second factor, the newest first. */
export function listOwnDevices(
  { database, now }: Pick<ChangeParts, 'database' | 'now'>,
  userId: string,
): Promise<TrustedDevice[]> {
  return listDevices(database.sql, userId, now())
}

/** @throws {RequestError} `device_not_found`, also for another user's */
export function removeDevice(parts: ChangeParts, userId: string, id: string, origin: RequestOrigin): Promise<void> {
  return commit(parts, async (trx) => {
    await lockUser(trx, userId)
    if (!isUuid(id) || !(await deleteDevice(trx, { userId, id }))) {
      throw new RequestError('device_not_found', 'No such device')
    }
    const events = [makeEvent('device_removed', parts.now(), origin, { userId, details: { device: id } })]
    return { result: undefined, events }
  })
}

/** Trusts no device of the user any more. */
export function removeDevices(
  parts: ChangeParts,
  userId: string,
  origin: RequestOrigin = parts.operator,
): Promise<void> {
  return commit(parts, async (trx) => {
    await lockUser(trx, userId)
    const devices = await deleteDevicesOf(trx, userId)
    const events =
      devices === 0 ? [] : [makeEvent('device_removed', parts.now(), origin, { userId, details: { devices } })]
    return { result: undefined, events }
  })
}
