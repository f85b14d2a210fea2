// Answers of the supervisor and of the API server behind it.

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export const text = (body: string, status = 200): Reply => ({ status, type: 'text/plain', body });

export const json = (value: unknown, status = 200): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** A Kubernetes Status object. */
export function failure(status: number, reason: string, message: string): Reply {
  const value = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code: status,
  };
  return json(value, status);
}

export const unauthorized = failure(401, 'Unauthorized', 'Unauthorized');

/** As the supervisor writes it, with causes and indented. */
export function internalError(message: string): Reply {
  const value = {
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
  return { status: 500, type: 'application/json', body: JSON.stringify(value, null, 2) };
}
