import { product } from './product.js';

/** What people use who build and run software. */
export const ENGINEERING_PRODUCTS = [
  product(
    'gitforge',
    'GitForge',
    'Hosted git repositories with reviews.',
    'snake',
    `
    create_repository(name, private?): Create a repository.
    open_pull_request(repository, title, source_branch, target_branch): Propose changes for review.
    merge_pull_request(repository, number, method?): Merge an approved pull request.
    review_pull_request(repository, number, verdict, body?): Approve changes or ask for other ones.
    list_commits(repository, branch?, limit?): Show the history of a branch.
    search_code(query, repository?): Search the source code of all repositories.
    create_branch(repository, name, from?): Branch off from a commit.
    get_file_contents(repository, path, ref?): Read a file at a revision.
    create_release(repository, tag, notes?): Publish a release with notes.
    fork_repository(repository): Copy a repository to the own account.`,
  ),
  product(
    'buildhive',
    'BuildHive CI',
    'Continuous integration pipelines.',
    'camel',
    `
    trigger_build(pipeline, branch?): Start a pipeline run.
    get_build_status(build_id): Whether a build passed, failed or is running.
    get_build_log(build_id, step?): Fetch the console output of a build step.
    cancel_build(build_id): Stop a running build.
    retry_build(build_id): Run a failed build again.
    list_flaky_tests(pipeline, start?): Tests that fail now and then.
    set_pipeline_secret(pipeline, name, value): Store a secret variable for builds.`,
  ),
  product(
    'kubepilot',
    'KubePilot',
    'Operates Kubernetes clusters.',
    'snake',
    `
    list_pods(namespace?, label_selector?): List pods and their state.
    get_pod_logs(pod, container?, lines?): Read the log of a container.
    scale_deployment(deployment, replicas): Change the number of replicas.
    restart_deployment(deployment): Roll all pods of a deployment.
    apply_manifest(manifest, dryRun?): Create or update resources from YAML.
    describe_resource(kind, name): Details and events of a resource.
    drain_node(node): Evict all pods from a node for maintenance.
    port_forward(pod, port): Open a tunnel to a port of a pod.
    rollback_deployment(deployment, revision?): Go back to the previous revision.`,
  ),
  product(
    'cloudyard',
    'Cloudyard',
    'Virtual machines, buckets and networks of a cloud provider.',
    'camel',
    `
    launch_instance(image, instance_type, region?): Start a virtual machine.
    terminate_instance(instance_id): Shut down and delete a virtual machine.
    list_instances(region?, tag?): List virtual machines.
    create_bucket(name, region?): Create an object storage bucket.
    upload_object(bucket, key, file): Put a file into a bucket.
    get_monthly_cost(month, service?): What the cloud resources cost in a month.
    open_firewall_port(network, port, source): Allow incoming traffic on a port.
    create_dns_record(zone, name, type, value): Add a DNS record to a zone.
    rotate_access_key(user): Replace the access key of a user.`,
  ),
  product(
    'watchtower',
    'Watchtower',
    'Metrics, logs, traces and alerts.',
    'snake',
    `
    query_metrics(expression, start, end): Evaluate a metrics expression over time.
    search_logs(query, service?, start?, end?): Search application logs.
    get_trace(trace_id): Show a distributed trace with its spans.
    list_alerts(severity?): List alerts that are firing.
    silence_alert(alert_id, duration_minutes): Mute an alert for some time.
    create_dashboard(title, panels[]): Create a dashboard.
    get_error_budget(service): How much of the service level objective is used up.
    who_is_on_call(team): The engineer who is on duty.`,
  ),
  product(
    'queryhouse',
    'QueryHouse',
    'SQL databases and their schemas.',
    'snake',
    `
    run_query(sql, parameters[]?): Execute a read-only SQL statement.
    list_tables(schema?): List tables and views.
    describe_table(table): Columns, types and indexes of a table.
    explain_query(sql): Show the execution plan of a statement.
    create_backup(database): Dump a database.
    restore_backup(backup_id, database): Load a dump into a database.
    suggest_indexes(table): Propose indexes for slow statements.
    run_migration(file): Apply a schema change.`,
  ),
  product(
    'filecabin',
    'FileCabin',
    'Files and folders of a workspace.',
    'snake',
    `
    read_file(path, encoding?): Read the content of a file.
    write_file(path, content): Create a file or overwrite it.
    list_folder(path, recursive?): List what a folder contains.
    move_path(path, target): Move or rename a file or folder.
    delete_path(path): Delete a file or folder.
    search_files(pattern, path?): Find files whose name matches a pattern.
    get_file_details(path): Size, owner and time of last change.
    watch_folder(path): Be told when files change.
    compress_folder(path, archive_type): Pack a folder into a ZIP archive.`,
  ),
  product(
    'shellbox',
    'Shellbox',
    'Runs commands in a sandbox.',
    'camel',
    `
    run_command(command, working_directory?, timeout?): Run a shell command and return its output.
    run_python(code): Execute Python code.
    list_processes(): List running processes.
    kill_process(pid): Terminate a process.
    install_package(name, version?): Install an operating system package.
    get_environment(): Show the environment variables.`,
  ),
  product(
    'pagepilot',
    'PagePilot',
    'Drives a headless browser.',
    'snake',
    `
    open_page(url): Navigate the browser to a URL.
    click_element(selector): Click an element of the page.
    type_text(selector, text): Type text into an input field.
    take_screenshot(full_page?): Capture the page as an image.
    get_page_text(): Visible text of the page.
    wait_for_element(selector, timeout?): Wait until an element appears.
    evaluate_script(code): Run JavaScript in the page.
    select_option(selector, value): Choose an entry of a dropdown list.
    handle_dialog(accept): Accept or dismiss an alert dialog.`,
  ),
  product(
    'vaultkeeper',
    'Vaultkeeper',
    'Secrets, certificates and access reviews.',
    'kebab',
    `
    get_secret(name): Read a secret.
    put_secret(name, value): Store a secret.
    issue_certificate(domain, days?): Issue a TLS certificate.
    list_expiring_certificates(days): Certificates that run out soon.
    scan_dependencies(path): Find libraries with known vulnerabilities.
    check_password_leak(hash_prefix): Whether a password is in a known data breach.
    revoke_access(user, resource): Take a permission away from a user.`,
  ),
  product(
    'packscout',
    'PackScout',
    'Facts about open source packages.',
    'camel',
    `
    get_latest_version(package, ecosystem?): Newest published version of a package.
    list_versions(package): All versions with their dates.
    get_download_counts(package, start?, end?): How often a package was downloaded.
    get_license(package): Licence of a package.
    list_dependents(package): Which packages depend on this one.
    get_readme(package): Documentation text of a package.
    find_replacements(package): Similar packages to use instead.`,
  ),
  product(
    'apisketch',
    'ApiSketch',
    'HTTP requests and API descriptions.',
    'snake',
    `
    send_request(method, url, headers?, body?): Send an HTTP request and return the response.
    validate_openapi(document): Check an OpenAPI document for errors.
    generate_client(document, language): Generate client code from an OpenAPI document.
    mock_server(document, port?): Serve example answers for an API description.
    decode_jwt(token): Show header and claims of a JSON web token.
    diff_apis(document, other_document): Breaking changes between two API versions.`,
  ),
];
