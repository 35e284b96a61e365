import { createClient } from '../../bridge/client.ts';
import { proposeOpenTab } from '../../platform/propose.ts';
import { shortcuts } from '../../platform/shortcut.ts';
import { startView } from '../../views/start.tsx';

startView(createClient(), 'popup', shortcuts);
void proposeOpenTab();
