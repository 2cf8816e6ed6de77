/** What this service owns. Workers, plans, tests and `jetlane` read it. */
import { app } from '@jetlane/core';
import { billing } from './billing.ts';
import { confirmations } from './confirmations.ts';
import { Orders } from './contracts.ts';

export default app('jetlane-app', { streams: [Orders], run: [billing, confirmations] });
